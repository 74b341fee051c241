import '@fontsource-variable/inter'
import '@fontsource-variable/source-serif-4'
import { mount } from 'svelte'
import App from './App.svelte'
import './styles/tokens.css'
import './styles/base.css'

mount(App, { target: document.getElementById('app')! })
